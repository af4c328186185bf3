mod batches;
mod fixture;
mod model;
mod property;
mod requests;
