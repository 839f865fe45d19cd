//! One file for each line of docs/anonymity.md that can be tested from outside, with a control
//! that shows that the test can fail.

pub mod adversary;
mod all_routes;
mod an_01;
mod an_02;
mod an_03;
mod an_04;
mod an_05;
mod an_06;
mod an_06_bounds;
mod an_06_uploads;
mod an_07;
mod an_08;
mod an_09;
mod an_10;
mod an_11;
mod an_12;
mod an_13;
mod an_14;
mod an_15;
mod an_16;
mod an_16_limit;
mod an_17;
mod an_18;
mod an_19;
mod an_20;
mod an_21;
mod an_22;
mod an_23;
mod an_24;
mod an_25;
mod an_26;
mod an_27;
mod copy;
mod memory;
