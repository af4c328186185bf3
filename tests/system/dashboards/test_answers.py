"""Sends every query of every dashboard to a Prometheus that scrapes workers. Each query must return data."""

import contextlib

import pytest

from dashboards import system
from dashboards.grafana import problem
from dashboards.queries import OF_OTHER_QUEUES, Queries, all_failures


@pytest.fixture
def queries_during_a_deploy(longshore, needs, tmp_path):
    """The queries while a deploy happens: a new worker starts, and the old worker aborts messages that take longer than
    shutdown.grace. Another worker is killed and starts again at its address."""
    needs("prometheus")
    old, new, web = (system.free_address() for _ in range(3))
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        queues = enter(system.local_queue(longshore))

        def worker(address, settings):
            return enter(system.worker(longshore, queues, tmp_path, address, settings))

        old_worker, web_worker = worker(old, system.SHOP_OF_FOLLOWER), worker(web, system.CLICKS)
        prometheus = enter(system.scraping(longshore, tmp_path, [old, new], [web]))
        send = enter(system.traffic(queues))
        queries = Queries(prometheus, OF_OTHER_QUEUES)
        system.send_slow_messages(prometheus, old, send)
        assert_problems_are_detected(prometheus)
        worker(new, system.SHOP)
        prometheus.wait_until(f'sum(longshore_messages_received_total{{instance="{new}"}}) > 0')
        system.abort_on_shutdown(prometheus, old_worker)
        system.kill(prometheus, web_worker)
        worker(web, system.CLICKS)
        yield queries


def assert_problems_are_detected(prometheus):
    assert problem(prometheus.instant("longshore_nothing_like_that")) == "is empty"
    assert "nan" in problem(prometheus.instant("0 * longshore_pollers / 0"))
    assert "inf" in problem(prometheus.instant("longshore_build_info / 0"))


def test_every_panel_annotation_and_variable_has_data(queries_during_a_deploy):
    failures = all_failures(queries_during_a_deploy)
    assert not failures, "\n".join(failures)
