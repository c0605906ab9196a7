"""Fit a mixture with Spark, which knows nothing of semigen: python -m bench.on_spark FILE, labels its last column."""

import pickle
import sys

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

from semigen import SemiSupervisedGMM


def arrays(table):
    *columns, label = table.columns
    return np.column_stack([column.to_numpy() for column in columns]), label.fill_null(-1).to_numpy()


def ask(batches):
    if sums := sum(sent.value.statistics(*arrays(batch)) for batch in batches):  # none without rows
        yield pa.record_batch({"sums": [pickle.dumps(sums)]})


spark = SparkSession.builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", 100_000).getOrCreate()
rows = spark.read.parquet(sys.argv[1])
model = SemiSupervisedGMM(n_jobs=1).fit(*arrays(rows.where("label is not null or rand(0) < 0.01").toArrow()))
for _ in range(6):
    sent = spark.sparkContext.broadcast(model)
    parts = rows.mapInArrow(ask, "sums binary").collect()  # in the order of the partitions
    print(f"{model.update(sum(pickle.loads(part.sums) for part in parts)).history_[-1]:.6f}")
