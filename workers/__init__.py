"""The second floor: what happens later. Jobs are rows of the database; Celery only wakes those who keep them."""
