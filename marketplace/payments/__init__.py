"""Invoices, payment obligations, payments and disputes."""
