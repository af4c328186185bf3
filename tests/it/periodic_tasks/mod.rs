//! Periodic tasks: which are sent, when, and by which of several replicas.

mod downtime;
mod replicas;
mod scene;
mod table;
