"""Pages for citizens, staff, supervisors and administrators."""
