mod answers;
mod fixture;
mod model;
mod property;
