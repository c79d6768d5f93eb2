"""What the tests share: real servers and other helpers, none of it shipped."""
