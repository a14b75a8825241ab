"""What may follow a late payment: publishing block, plan, public list, complaint, retaliation guard, mediation."""
