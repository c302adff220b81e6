"""What the pages about endpoints say, in English and Korean."""

from saekdong.web.site.texts import Texts

INFERENCE_TEXTS: Texts = {
    "capture": {"en": "Captured requests", "ko": "저장하는 요청"},
    "capture_off": {"en": "off", "ko": "저장하지 않음"},
    "capture_percent": {"en": "{percent}% of requests", "ko": "요청의 {percent}%"},
    "cloud": {"en": "On Amazon SageMaker", "ko": "Amazon SageMaker에서"},
    "cloud_cost": {"en": "Cost", "ko": "비용"},
    "cloud_explained": {
        "en": "From the ledger, and from the last look. This page asks AWS for nothing until you press the button.",
        "ko": "장부와 마지막으로 확인한 내용입니다. 버튼을 누르기 전에는 AWS에 아무것도 묻지 않습니다.",
    },
    "cloud_look": {"en": "Look now", "ko": "지금 확인"},
    "cloud_missing": {
        "en": "AWS needs boto3, which is not installed:",
        "ko": "AWS에 필요한 boto3가 설치되어 있지 않습니다.",
    },
    "cloud_none": {"en": "This workspace has no endpoint on SageMaker.", "ko": "SageMaker에 엔드포인트가 없습니다."},
    "cloud_not_looked": {"en": "not looked yet", "ko": "아직 확인하지 않음"},
    "cloud_terminal": {
        "en": "Deploying and removing on AWS costs money and needs your credentials, so it is done on a terminal:",
        "ko": "AWS에 배포하고 지우는 일은 돈이 들고 자격 증명이 필요하므로 터미널에서 합니다.",
    },
    "deploy": {"en": "Deploy on this machine", "ko": "이 컴퓨터에 배포"},
    "deploy_bad_name": {
        "en": "Give a name of up to 63 letters, digits and inner hyphens.",
        "ko": "이름은 63자까지, 영문자와 숫자, 가운데 붙임표만 쓸 수 있습니다.",
    },
    "deploy_confirm": {"en": "Deploy {name}", "ko": "{name} 배포"},
    "deploy_explained": {
        "en": "{version} becomes the endpoint {name}. If it exists, it gets this model without losing a request; if "
        "the new one does not answer, the one before stays.",
        "ko": "{version}이(가) 엔드포인트 {name}이(가) 됩니다. 이미 있으면 요청을 잃지 않고 이 모델로 바뀌며, 새 "
        "모델이 답하지 않으면 전의 것이 남습니다.",
    },
    "deploy_no_version": {"en": "Choose one of the registered versions.", "ko": "등록된 버전 가운데 하나를 고르세요."},
    "deploy_step": {"en": "Deploy…", "ko": "배포…"},
    "endpoint": {"en": "Endpoint", "ko": "엔드포인트"},
    "endpoint_address": {"en": "Address", "ko": "주소"},
    "endpoint_name": {"en": "Name", "ko": "이름"},
    "endpoints_here": {"en": "On this machine", "ko": "이 컴퓨터"},
    "endpoints_missing": {
        "en": "Endpoints need {module}, which is not installed:",
        "ko": "엔드포인트에 필요한 {module}이(가) 설치되어 있지 않습니다.",
    },
    "endpoints_none": {
        "en": "No endpoint runs on this machine. Deploy one below, or on a terminal:",
        "ko": "이 컴퓨터에 엔드포인트가 없습니다. 아래에서 배포하거나 터미널에서 실행하세요.",
    },
    "inference": {"en": "Inference", "ko": "추론"},
    "role_challenger_trial": {"en": "Challenger", "ko": "도전 모델"},
    "role_champion_trial": {"en": "In use", "ko": "쓰는 중"},
    "role_starter_trial": {"en": "Starter", "ko": "기본 모델"},
    "stop_confirm": {"en": "Stop {name}", "ko": "{name} 중지"},
    "stop_explained": {
        "en": "The endpoint {name} answers no more requests, and its files, with what it captured, are removed.",
        "ko": "엔드포인트 {name}이(가) 더는 답하지 않고, 저장한 요청을 포함한 파일이 지워집니다.",
    },
    "stop_step": {"en": "Stop…", "ko": "중지…"},
    "try": {"en": "Try it", "ko": "시험해 보기"},
    "try_bad_color": {
        "en": "Give a color such as #495474 or 73,84,116.",
        "ko": "#495474 또는 73,84,116처럼 색을 적으세요.",
    },
    "try_button": {"en": "Name it", "ko": "색 이름 보기"},
    "try_color": {"en": "Color", "ko": "색"},
    "try_no_photo": {"en": "Choose a photo.", "ko": "사진을 고르세요."},
    "try_photo": {"en": "Photo", "ko": "사진"},
    "try_photo_button": {"en": "Tag it", "ko": "색 찾기"},
    "try_photo_note": {"en": "At most {mb} MB. It is not kept.", "ko": "{mb}MB까지. 저장하지 않습니다."},
    "try_too_large": {"en": "The photo is larger than {mb} MB.", "ko": "사진이 {mb}MB보다 큽니다."},
}
