"""What must survive a restart: events, impressions, campaign budgets and keys. The only room that speaks SQL."""
