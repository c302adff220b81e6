"""Run by test_local_mode.py with the SDK's own Python: IMAGE, PORT; reads rows/ and navy.png here, writes told.json."""

import json
import sys
from pathlib import Path

from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.local import LocalSession
from sagemaker.serializers import IdentitySerializer, JSONSerializer

here = Path.cwd()
session = LocalSession()
session.config = {"local": {"local_code": True, "serving_port": int(sys.argv[2]), "container_root": str(here)}}
estimator = Estimator(
    sys.argv[1],
    role="arn:aws:iam::111122223333:role/none",
    instance_count=2,
    instance_type="local",
    hyperparameters={"space": "lab", "model": "tree", "mindev": 0.002, "seed": 7},
    output_path=f"file://{here}/out",
    sagemaker_session=session,
)
estimator.fit({"train": f"file://{here}/rows", "test": f"file://{here}/rows"})

predictor = estimator.deploy(1, "local", serializer=JSONSerializer(), deserializer=JSONDeserializer())
prediction = predictor.predict({"r": 31, "g": 42, "b": 82})
predictor.serializer = IdentitySerializer("image/png")
tagged = predictor.predict((here / "navy.png").read_bytes())
predictor.delete_endpoint()

(here / "batch").mkdir()
(here / "batch/colors.csv").write_text("31,42,82\n255,255,255\n")
transformer = estimator.transformer(
    1,
    "local",
    output_path=f"file://{here}/transformed",
    accept="text/csv",
    assemble_with="Line",
    strategy="MultiRecord",
)
transformer.transform(f"file://{here}/batch", content_type="text/csv", split_type="Line", wait=False)
transformed = {file.name: file.read_text() for file in (here / "transformed").iterdir()}
told = {"prediction": prediction, "photo": tagged, "transformed": transformed}
(here / "told.json").write_text(json.dumps(told))
