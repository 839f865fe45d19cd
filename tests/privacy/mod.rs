//! One file for each line of docs/anonymity.md that can be tested from outside, with a control
//! that shows that the test can fail.

mod an_14;
