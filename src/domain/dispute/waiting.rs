//! What waits for whom: follows from the state alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::domain::id::PostId;

use super::panel::Panel;
use super::state::{Dispute, Level, Resolved, Side, Stage, Waiting, WaitingFor};

impl Dispute {
    /// What every post that has this case on its desk has to do.
    #[must_use]
    pub fn waiting(&self) -> Vec<Waiting> {
        let mut waiting = Vec::new();
        if self.destroyed.texts.is_some() {
            // Nothing is left to look at there, but for a report of reprisal that came since.
            waiting.extend(self.asks_about_reprisal());
            return waiting;
        }
        match &self.stage {
            Stage::Panel(panel) => {
                for side in Side::BOTH {
                    let (what, due) = panel.asks_of(side);
                    let post = panel.sides.get(side).post.clone();
                    // The alternate who was asked to act in the commander's absence has it before them, too.
                    if let (Some(_), PostId::Commander(unit)) = (&panel.sides.get(side).delegate, &post) {
                        let post = PostId::Alternate(unit.clone());
                        waiting.push(Waiting { post, what, due, since: panel.entered });
                    }
                    waiting.push(Waiting { post, what, due, since: panel.entered });
                }
                let motion =
                    |post| Waiting { post, what: WaitingFor::InMotion, due: panel.due, since: panel.entered };
                if panel.level == Level::Field && (self.pressed || self.reached >= Level::Council) {
                    let council = self.council_posts().into_iter();
                    waiting.extend(council.filter(|post| !self.bypass.posts.contains(post)).map(motion));
                }
                if self.reached == Level::Secretary {
                    waiting.push(motion(PostId::Secretary));
                }
            }
            Stage::Secretary(stage) => {
                let (due, since) = (stage.due, stage.entered);
                let what = WaitingFor::Decision;
                waiting.push(Waiting { post: PostId::Secretary, what, due, since });
                // The Council reads on, and may still write.
                let council = self.council_posts().into_iter();
                let council = council.filter(|post| !self.bypass.posts.contains(post));
                let what = WaitingFor::InMotion;
                waiting.extend(council.map(|post| Waiting { post, what, due, since }));
            }
            Stage::Resolved(resolved) => waiting.extend(self.actions(resolved)),
            Stage::Closed(_) => {}
        }
        waiting.extend(self.asked_of_group());
        waiting.extend(self.asks_about_reprisal());
        let busy: BTreeSet<PostId> = waiting.iter().map(|item| item.post.clone()).collect();
        waiting.extend(self.ended().into_iter().filter(|item| !busy.contains(&item.post)));
        waiting
    }

    fn asks_about_reprisal(&self) -> Option<Waiting> {
        self.reprisal.map(|reprisal| Waiting {
            post: self.reprisal_post(),
            what: WaitingFor::Reprisal,
            due: reprisal.due,
            since: reprisal.reported,
        })
    }

    /// What owners have to do, and what the other side has to look at.
    fn actions(&self, resolved: &Resolved) -> Vec<Waiting> {
        let mut soonest = BTreeMap::new();
        for (_, action, progress) in resolved.open() {
            let (post, what) = match progress.done {
                None => (Some(action.owner.clone()), WaitingFor::Action),
                Some(_) => (self.verifier(&action.owner), WaitingFor::Verification),
            };
            if let Some(post) = post {
                let due = soonest.entry((post, what)).or_insert(action.due);
                *due = (*due).min(action.due);
            }
        }
        let since = resolved.at;
        soonest.into_iter().map(|((post, what), due)| Waiting { post, what, due, since }).collect()
    }

    /// The post before which an action of the other side is put once it is done.
    fn verifier(&self, owner: &PostId) -> Option<PostId> {
        let side = self.side_of_post(owner)?.other();
        let posts = self.panel_posts();
        let field = posts.into_iter().find(|post| {
            self.field_sat && !self.bypass.posts.contains(post) && self.side_of_post(post) == Some(side)
        });
        let council = PostId::Council(self.sides.get(side).component.clone());
        field.or_else(|| Some(council).filter(|post| !self.bypass.posts.contains(post)))
    }

    fn asked_of_group(&self) -> Vec<Waiting> {
        let Some(group) = &self.group else { return Vec::new() };
        let (what, due) = match group.ended {
            None => (WaitingFor::Report, group.due),
            Some(ended) => (WaitingFor::Ended, ended),
        };
        let posts = self.group_posts(&group.group).into_iter();
        posts.map(|post| Waiting { post, what, due, since: group.assigned }).collect()
    }

    /// The posts that still find the case on their desk though it asks for nothing there any more.
    fn ended(&self) -> Vec<Waiting> {
        let gone_up = self.frozen.iter().map(|(post, _)| Waiting {
            // Stays even for whoever turned out to be concerned: its going would tell them.
            post: post.clone(),
            what: WaitingFor::GoneUp,
            due: self.opened,
            since: self.opened,
        });
        let at = match &self.stage {
            Stage::Resolved(resolved) => resolved.at,
            Stage::Closed(closed) => closed.at,
            Stage::Panel(_) | Stage::Secretary(_) => return gone_up.collect(),
        };
        let mut posts = Vec::new();
        if self.field_sat && self.frozen.is_empty() {
            posts.extend(self.panel_posts());
        }
        if self.reached >= Level::Council {
            posts.extend(self.council_posts());
        }
        if self.reached == Level::Secretary {
            posts.push(PostId::Secretary);
        }
        posts.retain(|post| !self.bypass.posts.contains(post));
        let ended =
            posts.into_iter().map(|post| Waiting { post, what: WaitingFor::Ended, due: at, since: at });
        gone_up.chain(ended).collect()
    }
}

impl Panel {
    /// What a side has to do next, and by when.
    fn asks_of(&self, side: Side) -> (WaitingFor, Timestamp) {
        let (mine, other) = (self.sides.get(side), self.sides.get(side.other()));
        if mine.acknowledged.is_none() {
            return (WaitingFor::Acknowledgement, self.acknowledge_by.max(mine.last_entry).min(self.due));
        }
        if let Some(table) = &self.on_table
            && table.accepted.get(side).is_none()
            && (table.by != side || table.accepted.get(side.other()).is_some())
        {
            return (WaitingFor::Signature, self.due);
        }
        let asked = (other.wants_extension && !mine.wants_extension)
            || (other.position.is_some() && mine.position.is_none())
            || (other.not_joint.is_some() && mine.not_joint.is_none())
            || (other.wants_remand && !mine.wants_remand)
            || (other.wants_slower && !mine.wants_slower)
            || (other.wants_group.is_some() && other.wants_group != mine.wants_group);
        (if asked { WaitingFor::Answer } else { WaitingFor::InMotion }, self.due)
    }
}
