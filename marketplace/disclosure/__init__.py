"""What a buyer must publish each year about overdue payments to SMEs."""
