mod bounds;
mod end;
mod failures;
mod order;
mod reconnect;
mod scripted;
mod waits;
