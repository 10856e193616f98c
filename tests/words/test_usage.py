from lanemark.metric import Usage


def test_executions_add_up_but_the_largest_peak_counts():
    one = Usage(wall_s=1.0, user_s=0.5, system_s=0.25, rss_peak_bytes=300, io_read_bytes=1, page_faults=2)
    two = Usage(wall_s=2.0, user_s=0.5, system_s=0.25, rss_peak_bytes=200, io_read_bytes=10, page_faults=None)
    both = one.plus(two)
    assert (both.wall_s, both.cpu_s, both.rss_peak_bytes, both.io_read_bytes) == (3.0, 1.5, 300, 11)
    assert both.page_faults is None
    assert two.plus(one) == both
