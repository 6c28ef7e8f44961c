mod order;
mod scripted;
