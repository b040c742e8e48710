"""All stand-ins in one process: SMS gateway, payment system, E-Sobes, NCALayer."""

import asyncio
import signal
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from portal.config import Config
from portal.demo import esobes_receiver, ncalayer, smpp, stripe
from portal.demo.loopback import Stoppable


def run(data: Path, config: Config) -> None:
    """Start every stand-in that the configuration points at, and stay until SIGTERM or Ctrl-C."""
    hook = f"{config.public_url}/webhooks/payments"
    payment_port = _port(config.stripe_api_base)
    with ExitStack() as at_end:

        def also(stand_in: Stoppable) -> None:
            at_end.callback(stand_in.stop)

        also(smpp.start(data, config.smpp_port, config.smpp_system_id, config.smpp_password))
        also(stripe.start(data, payment_port, config.stripe_api_key, hook, config.stripe_webhook_secret))
        also(esobes_receiver.start(data, _port(config.esobes_url), config.esobes_out_token))
        asyncio.run(_ncalayer(data, _port(config.ncalayer_url)))


async def _ncalayer(data: Path, port: int) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(ncalayer.serve(data, port))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return


def _port(url: str) -> int:
    port = urlsplit(url).port
    if port is None:
        raise ValueError("the address of a stand-in names its port")
    return port
