"""The tasks of the worker. A task is nudged by a transaction, or comes round by itself for what a lost nudge left."""

from datetime import timedelta

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from portal import clock
from portal.db import transaction
from portal.jobs import claims, executions, payments, sms, sweep
from portal.jobs.runtime import alone, context
from portal.models.clockwork import Heartbeat
from portal.models.sign_in import Attempts, SignInCode
from portal.operations import sign_in
from portal.payments.client import PaymentClient
from portal.queue import queue

LEFT_BEHIND = text("""
    DELETE FROM procrastinate_jobs WHERE status IN ('doing', 'failed')
    AND id IN (SELECT job_id FROM procrastinate_events WHERE type = 'deferred' AND at < :before)
""")


@queue.periodic(cron="* * * * * */15")
@queue.task(name="send_sms")
def send_sms(timestamp: int = 0) -> None:
    """Send the SMS that are owed."""
    with context() as config, alone("sms") as mine:
        if mine:
            sms.send_owed(config, late_receipts=timestamp > 0)


@queue.periodic(cron="* * * * * */15")
@queue.task(name="send_codes")
def send_codes(timestamp: int = 0) -> None:
    """Turn the codes that were asked for into SMS, and send them."""
    with context() as config, transaction() as session:
        sign_in.tell_codes(session, config.secret_key, clock.now())


@queue.periodic(cron="* * * * * */20")
@queue.task(name="send_payments")
def send_payments(timestamp: int = 0) -> None:
    """Ask for approved payments and for what is to come back, and look up those whose answer never came."""
    with context() as config, alone("payments") as mine:
        if mine:
            claims.count_set_offs(clock.now)
        if mine and config.stripe_api_base:
            with PaymentClient(config.stripe_api_base, config.stripe_api_key) as client:
                claims.send_due(client, clock.now)
                payments.send_due(client, clock.now)


@queue.periodic(cron="* * * * * */30")
@queue.task(name="send_executions")
def send_executions(timestamp: int = 0) -> None:
    """Tell E-Sobes what was rendered, paid and returned."""
    with context() as config, alone("executions") as mine:
        if mine:
            executions.send_owed(config)


@queue.periodic(cron="* * * * * */5")
@queue.task(name="sweep_days")
def sweep_days(timestamp: int = 0) -> None:
    """Do the work of today, and of days that were missed, once each."""
    with context() as config, alone("sweep", patience=0) as mine:
        if mine:
            for day in sweep.days_to_sweep(clock.today()):
                sweep.whole_day(day, config)


@queue.periodic(cron="* * * * * */5")
@queue.task(name="beat", priority=1)
def beat(timestamp: int = 0) -> None:
    """Say that the worker is alive, by the real clock; before all else, for a worker with much to do is not silent."""
    with transaction() as session:
        now = clock.wall()
        row = insert(Heartbeat).values(name="worker", at=now)
        session.execute(row.on_conflict_do_update(index_elements=[Heartbeat.name], set_={"at": now}))


@queue.periodic(cron="17 3 * * *")
@queue.task(name="clean_up")
def clean_up(timestamp: int = 0) -> None:
    """Drop codes and counts of attempts that are a day old, and jobs that a killed worker left behind."""
    yesterday = clock.now() - timedelta(days=1)
    with transaction() as session:
        session.execute(delete(SignInCode).where(SignInCode.expires_at < yesterday))
        session.execute(delete(Attempts).where(Attempts.window_at < yesterday))
        session.execute(LEFT_BEHIND, {"before": clock.wall() - timedelta(days=1)})
