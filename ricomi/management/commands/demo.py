"""`manage.py demo`, behind `make demo`: the whole network on one machine, until Ctrl-C."""

import io
import os
import sys
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command, get_commands
from django.db import OperationalError, connection, connections

from ricomi import database, rights
from ricomi.bootstrap import SetupError, chosen_port, step
from ricomi.mail_catcher import Catcher
from ricomi.supervisor import Ended, Supervisor, interruptible

HOST = "127.0.0.1"


class Command(BaseCommand):
    """Sets up what is not yet there, runs the web server, the worker and the mail catcher, and stops them together."""

    role = ""
    help = "Run the demo network: database, web server, worker and mail catcher together, until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError, in one line, when the demo can't run."""
        if not settings.DEMO:
            raise CommandError("The demo runs with RICOMI_DEMO=1 and never in production: use make demo.")
        with interruptible():
            try:
                self._run()
            except KeyboardInterrupt:
                self.stdout.write("\nStopped.")
            except (SetupError, Ended, database.Unavailable) as error:
                raise CommandError(str(error)) from error
            except OSError as error:
                raise CommandError(f"{error.filename or settings.DATA_DIR}: {error.strerror or error}") from error
            except OperationalError as error:
                raise CommandError(f"The database does not answer: {str(error).strip().splitlines()[0]}") from error
            finally:
                connections.close_all()
                database.stop(settings.DATA_DIR)

    def _run(self) -> None:
        port = chosen_port(os.environ.get("PORT", "8000"))
        self._set_up()
        catcher = Catcher(settings.DATA_DIR / "mail")
        environment = {**os.environ, "RICOMI_SMTP_PORT": str(catcher.port), "PORT": str(port), "RICOMI_DEMO": "1"}
        environment["RICOMI_DATABASE_ROLE"] = self.role
        supervisor = Supervisor(settings.DATA_DIR / "log", environment, settings.BASE_DIR)
        url = f"http://{HOST}:{port}/"
        try:
            with step("mail catcher"):
                catcher.start()
            with step("web and worker"):
                supervisor.start("web server", _web_server(port))
                supervisor.start("worker", _worker())
                supervisor.wait_for(url)
            self._greet(url)
            supervisor.watch()
        finally:
            supervisor.stop()
            catcher.stop()

    def _set_up(self) -> None:
        with step("static files"):
            call_command("collectstatic", interactive=False, verbosity=0)
        with step("database") as tell:
            if os.environ.get("DATABASE_URL"):
                tell("the one that DATABASE_URL names")
            else:
                database.start(settings.DATA_DIR, tell)
        with step("migrations"):
            call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
            call_command("migrate_flows", stdout=io.StringIO())
            self._narrow()
        if "demo_network" in get_commands():
            with step("demo network"):
                call_command("demo_network", verbosity=0, stdout=self.stdout)
        connections.close_all()

    def _narrow(self) -> None:
        """Have web server and worker serve as a role that can rewrite neither books nor timeline."""
        if os.environ.get("DATABASE_URL"):
            return
        rights.make(rights.APPLICATION, str(connection.settings_dict["PASSWORD"]))
        rights.grant(rights.APPLICATION)
        self.role = rights.APPLICATION

    def _greet(self, url: str) -> None:
        self.stdout.write(f"\nRICOMI runs on {url}  (Ctrl-C stops it)\n")
        if "demo_network" in get_commands():
            call_command("demo_network", people=True, stdout=self.stdout)
            connections.close_all()
        self.stdout.flush()


def _web_server(port: int) -> list[str]:
    run = settings.DATA_DIR / "run"
    run.mkdir(mode=0o700, exist_ok=True)
    return [
        *(sys.executable, "-m", "gunicorn", "ricomi.wsgi", "--bind", f"{HOST}:{port}"),
        *("--workers", "1", "--worker-class", "gthread", "--threads", "8", "--timeout", "60"),
        *("--graceful-timeout", "5", "--worker-tmp-dir", str(run), "--no-control-socket"),
    ]


def _worker() -> list[str]:
    return [
        *(sys.executable, "manage.py", "procrastinate", "worker"),
        *("--concurrency", "2", "--shutdown-graceful-timeout", "5"),
    ]
