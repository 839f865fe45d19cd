//! The posts that an organisation has, and their names in plain words.

use crate::domain::id::{ComponentId, PostId};

use super::Organisation;

impl Organisation {
    /// Every post: commander and alternate of each unit that may handle a case, the Council's two,
    /// the Secretary, the headquarters units, the working groups. Units that are too small have none, for nothing is ever
    /// handled there.
    #[must_use]
    pub fn posts(&self) -> Vec<PostId> {
        let mut posts = Vec::new();
        for unit in self.units.iter().filter(|unit| unit.band.is_enough()) {
            posts.push(PostId::Commander(unit.id.clone()));
            posts.push(PostId::Alternate(unit.id.clone()));
        }
        posts.extend(self.council_posts());
        posts.push(PostId::Secretary);
        posts.extend(self.headquarters_posts());
        posts.extend(self.working_group_posts());
        posts
    }

    /// The headquarters posts: who is told of every resolution.
    #[must_use]
    pub fn headquarters_posts(&self) -> Vec<PostId> {
        self.headquarters.iter().map(|unit| PostId::Headquarters(unit.id.clone())).collect()
    }

    /// Each component's post in each working group.
    #[must_use]
    pub fn working_group_posts(&self) -> Vec<PostId> {
        let posts = self.working_groups.iter().flat_map(|group| {
            self.components
                .iter()
                .map(|component| PostId::WorkingGroup(component.id.clone(), group.id.clone()))
        });
        posts.collect()
    }

    /// The Council's post of each component.
    #[must_use]
    pub fn council_posts(&self) -> Vec<PostId> {
        self.components.iter().map(|component| PostId::Council(component.id.clone())).collect()
    }

    /// Whether this organisation has such a post.
    #[must_use]
    pub fn has_post(&self, post: &PostId) -> bool {
        match post {
            PostId::Commander(unit) | PostId::Alternate(unit) => {
                self.unit(unit).is_some_and(|unit| unit.band.is_enough())
            }
            PostId::Council(component) => self.component(component).is_some(),
            PostId::Secretary => true,
            PostId::Headquarters(unit) => self.headquarters_unit(unit).is_some(),
            PostId::WorkingGroup(component, group) => {
                self.component(component).is_some() && self.working_group(group).is_some()
            }
        }
    }

    /// The agency that a post belongs to; none for the Secretary and the department's headquarters.
    #[must_use]
    pub fn component_of_post(&self, post: &PostId) -> Option<&ComponentId> {
        match post {
            PostId::Commander(unit) | PostId::Alternate(unit) => {
                self.component_of_unit(unit).map(|component| &component.id)
            }
            PostId::Council(component) | PostId::WorkingGroup(component, _) => {
                self.component(component).map(|component| &component.id)
            }
            PostId::Secretary => None,
            PostId::Headquarters(unit) => self.headquarters_unit(unit)?.component.as_ref(),
        }
    }

    /// A post in plain words: "Special Agent in Charge, Tucson". A post of a unit that is gone still
    /// has a name, for records outlive organisations.
    #[must_use]
    pub fn post_name(&self, post: &PostId) -> String {
        match post {
            PostId::Commander(unit) => match self.unit(unit) {
                Some(unit) if unit.commander.is_empty() => format!("Commander, {}", unit.name),
                Some(unit) => format!("{}, {}", unit.commander, unit.place),
                None => format!("Commander, {unit}"),
            },
            PostId::Alternate(unit) => {
                format!("Alternate of {}", self.post_name(&PostId::Commander(unit.clone())))
            }
            PostId::Council(id) => {
                let short = self.component(id).map_or(id.as_str(), |component| component.short.as_str());
                format!("Council, {short}")
            }
            PostId::Secretary => "Secretary".to_owned(),
            PostId::WorkingGroup(component, group) => {
                let short =
                    self.component(component).map_or(component.as_str(), |found| found.short.as_str());
                let name = self.working_group(group).map_or(group.as_str(), |found| found.name.as_str());
                format!("{name}, {short}")
            }
            PostId::Headquarters(id) => {
                self.headquarters_unit(id).map_or_else(|| id.to_string(), |unit| unit.name.clone())
            }
        }
    }
}
