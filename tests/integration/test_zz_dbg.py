import pytest
from tests.integration.test_partition_producer import *
@pytest.mark.parametrize("i", range(4))
def test_x(fresh_topics, producer_of, i):
    producer = producer_of(); producer.fence()
    set_largest(fresh_topics, "tickets", 300)
    import time
    for n in range(4):
        producer._abandoned.set()
        t=time.time(); print(producer.commit(results(1,size=5000)), time.time()-t, producer.aborted)
    print(len(committed(fresh_topics)))
    assert 0
