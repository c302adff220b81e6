"""What the page about notebooks says, in English and Korean."""

from saekdong.web.site.texts import Texts

NOTEBOOK_TEXTS: Texts = {
    "notebook_build": {"en": "Build the model", "ko": "모델 만들기"},
    "notebook_build_teaches": {
        "en": "From a photo to its colors, rows that people named, trees in RGB and Lab, a fair comparison, the "
        "goal, and the packed model.",
        "ko": "사진에서 색 찾기, 사람이 이름 붙인 행, RGB와 Lab의 나무, 공정한 비교, 목표, 그리고 모델 담기.",
    },
    "notebook_deploy": {"en": "Deploy", "ko": "배포하기"},
    "notebook_deploy_teaches": {
        "en": "An endpoint on this machine or on SageMaker: predictions, status and log, a new version and back, and "
        "cleaning up.",
        "ko": "이 컴퓨터나 SageMaker의 엔드포인트: 예측, 상태와 로그, 새 버전과 되돌리기, 치우기.",
    },
    "notebook_here": {"en": "Open one on this machine", "ko": "이 컴퓨터에서 열기"},
    "notebook_here_explained": {
        "en": "The notebooks are in the project's folder notebooks. Open them from there:",
        "ko": "노트북은 프로젝트의 notebooks 폴더에 있습니다. 거기서 여세요.",
    },
    "notebook_instance": {"en": "On Amazon SageMaker", "ko": "Amazon SageMaker에서"},
    "notebook_instance_explained": {
        "en": "The ledger records this notebook instance. It costs by the hour until it is stopped. Its address "
        "opens it for anyone, so it is printed on your terminal alone:",
        "ko": "장부에 있는 노트북 인스턴스입니다. 중지할 때까지 시간마다 비용이 듭니다. 주소를 아는 사람은 누구나 열 "
        "수 있으므로 터미널에만 표시합니다.",
    },
    "notebook_instance_none": {
        "en": "This workspace has no notebook instance. Create one on a terminal; it costs by the hour until it is "
        "stopped:",
        "ko": "노트북 인스턴스가 없습니다. 터미널에서 만들 수 있고, 중지할 때까지 시간마다 비용이 듭니다.",
    },
    "notebook_keep": {"en": "Keep it right", "ko": "계속 맞게"},
    "notebook_keep_teaches": {
        "en": "Days go by and a lamp changes: find the changed photos, answer, retrain, pass the gate, promote and "
        "go back.",
        "ko": "며칠이 지나고 조명이 바뀝니다. 달라진 사진 찾기, 답하기, 재학습, 관문, 바꾸기와 되돌리기.",
    },
    "notebook_needs": {"en": "Needs", "ko": "필요한 것"},
    "notebooks": {"en": "Notebooks", "ko": "노트북"},
}
