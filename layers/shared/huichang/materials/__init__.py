"""Copy and pictures for every component of a page: tasks, their states, retry, completion, rejection, policy."""
