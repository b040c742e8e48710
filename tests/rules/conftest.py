"""Property tests of the rules: no deadline, because the machine may be busy; no folder of examples left behind."""

from hypothesis import HealthCheck, settings

settings.register_profile("rules", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rules")
