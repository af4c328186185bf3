mod fixture;
mod model;
mod move_refusals;
mod move_tasks;
mod moved_messages;
mod permissions;
mod property;
mod redrive;
