mod fixture;
mod model;
mod property;
