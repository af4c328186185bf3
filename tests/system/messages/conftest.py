"""The options of long runs. pytest knows them only if the command names this folder or a file in it."""


def pytest_addoption(parser):
    group = parser.getgroup("messages under faults")
    group.addoption("--seconds", type=int, help="How long the faults of test_chaos.py last [default: 40]")
    group.addoption("--server", choices=["local", "ministack"], help="The only queue server of test_chaos.py")
    group.addoption("--seed", type=int, help="For the order of the faults in test_chaos.py [default: 2]")
    group.addoption("--write", action="store_true", help="Write the table of test_chaos.py into docs/proof.md")
    group.addoption("--messages", type=int, help="The messages of processes in test_fifo.py [default: 6000]")
    group.addoption("--groups", type=int, help="Their message groups [default: 200]")
