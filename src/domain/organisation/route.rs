//! From the two units that a reporter names to the two sides that handle the case, and who is left out.

use crate::domain::concern::{HandlerConcerned, Pace};
use crate::domain::deadline::Standards;
use crate::domain::dispute::{Bypass, Opening, PerSide, Standing};
use crate::domain::id::{ComponentId, PostId, UnitId};

use super::{Organisation, Unit};

/// Why two units cannot be brought together, in words for the reporter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    #[error("The unit {0} is not on the list. Please choose a unit from the list.")]
    UnknownUnit(UnitId),
    #[error(
        "Both units belong to {0}. Choose your own unit, and a unit of the other agency that has to do with \
         this. The concern itself may still be about your own side."
    )]
    SameComponent(String),
    #[error("Nobody can handle a case for the unit {0} at present. Please choose another unit.")]
    NoHandler(UnitId),
    #[error("There is no agency called {0} on the Council. Please choose again.")]
    UnknownComponent(ComponentId),
    #[error("The headquarters office {0} is not on the list. Please choose again.")]
    UnknownHeadquarters(UnitId),
}

impl Organisation {
    /// What a case opens with: where each side stands, and who is left out (AN-05).
    ///
    /// # Errors
    /// If a unit, agency or headquarters is unknown or both units are of one agency.
    pub fn route(
        &self,
        my_unit: &UnitId,
        other_unit: &UnitId,
        concerned: &HandlerConcerned,
        pace: Pace,
        standards: Standards,
    ) -> Result<Opening, RouteError> {
        let raising = self.standing(my_unit)?;
        let concerning = self.standing(other_unit)?;
        if raising.component == concerning.component {
            let name = self.component(&raising.component).map_or("one agency", |component| &component.name);
            return Err(RouteError::SameComponent(name.to_owned()));
        }
        let sides = PerSide { raising, concerned: concerning };
        let bypass = self.bypass(&sides, concerned)?;
        Ok(Opening { sides, pace, bypass, standards, name_for_panel: false })
    }

    /// Who is left out when somebody who would handle the matter is part of it. Also for a later
    /// request for review, which adds to what is left out already.
    ///
    /// Only units at or below the shown place are named, and all of them: the set tells no more of the
    /// reporter's own unit than the place does.
    ///
    /// # Errors
    /// If the agency or headquarters named is unknown.
    pub fn bypass(
        &self,
        sides: &PerSide<Standing>,
        concerned: &HandlerConcerned,
    ) -> Result<Bypass, RouteError> {
        let mut bypass = Bypass { field: *concerned != HandlerConcerned::No, ..Bypass::default() };
        match concerned {
            HandlerConcerned::No => {}
            HandlerConcerned::OurSide => self.leave_out(&sides.raising.unit, &mut bypass),
            HandlerConcerned::OtherSide => self.leave_out(&sides.concerned.unit, &mut bypass),
            // Who is not sure is protected from both.
            HandlerConcerned::BothSides | HandlerConcerned::NotSure => {
                self.leave_out(&sides.raising.unit, &mut bypass);
                self.leave_out(&sides.concerned.unit, &mut bypass);
            }
            HandlerConcerned::Council(component) => {
                if self.component(component).is_none() {
                    return Err(RouteError::UnknownComponent(component.clone()));
                }
                bypass.posts.insert(PostId::Council(component.clone()));
            }
            HandlerConcerned::Headquarters(unit) => {
                if self.headquarters_unit(unit).is_none() {
                    return Err(RouteError::UnknownHeadquarters(unit.clone()));
                }
                bypass.posts.insert(PostId::Headquarters(unit.clone()));
            }
        }
        Ok(bypass)
    }

    /// Units for whose cases nobody would be there: where they are handled nobody holds the commander's post or
    /// its alternate's, and the Council, which takes their place, is not complete. It is the same question
    /// that opening a case asks.
    #[must_use]
    pub fn without_handler(&self, held: impl Fn(&PostId) -> bool) -> Vec<&Unit> {
        if self.council_posts().iter().all(&held) {
            return Vec::new();
        }
        let handled = |unit: &Unit| {
            self.handling_unit(&unit.id).is_some_and(|handling| {
                held(&PostId::Commander(handling.id.clone())) || held(&PostId::Alternate(handling.id.clone()))
            })
        };
        self.units.iter().filter(|unit| !handled(unit)).collect()
    }

    fn standing(&self, id: &UnitId) -> Result<Standing, RouteError> {
        let component = self.component_of_unit(id).ok_or_else(|| RouteError::UnknownUnit(id.clone()))?;
        let unit = self.handling_unit(id).ok_or_else(|| RouteError::NoHandler(id.clone()))?;
        Ok(Standing { component: component.id.clone(), unit: unit.id.clone() })
    }

    /// The commander and alternate of a unit and of every unit under it. Small units too, though they
    /// have no posts today: one that grows must not come into a case that was kept from it.
    fn leave_out(&self, handling: &UnitId, bypass: &mut Bypass) {
        let below = self.units_below(handling).into_iter().map(|unit| &unit.id);
        for unit in below.chain([handling]) {
            bypass.posts.insert(PostId::Commander(unit.clone()));
            bypass.posts.insert(PostId::Alternate(unit.clone()));
        }
    }
}
