from askew.charts.maps import Map


def test_sizes_are_those_of_the_clusters_without_outliers(map: Map) -> None:
    assert map.sizes() == [3, 2, 1]
