"""All SELECTs by subject: get_ raises, find_ may be None, list_ and page_ return many, claim_ locks."""
