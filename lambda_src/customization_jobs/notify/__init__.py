"""What people read about a job: the mail and the chat message for the events of the watch."""
