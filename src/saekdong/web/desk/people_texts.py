"""What the pages of people say: logins, accounts, roles, tokens, the audit log."""

from saekdong.web.site.texts import Texts

PEOPLE_TEXTS: Texts = {
    "account": {"en": "Your account", "ko": "내 계정"},
    "accounts": {"en": "Accounts", "ko": "계정"},
    "accounts_none": {
        "en": "There are no accounts. Everyone who uses this computer may look; invite the first person as an admin, "
        "and everyone logs in from then on.",
        "ko": "계정이 없습니다. 이 컴퓨터를 쓰는 사람은 누구나 볼 수 있습니다. "
        "첫 사람을 관리자로 초대하면 그때부터 모두 로그인합니다.",
    },
    "add_token": {"en": "Make a token", "ko": "토큰 만들기"},
    "address": {"en": "Address", "ko": "주소"},
    "audit_log": {"en": "Audit log", "ko": "감사 기록"},
    "audit_older": {"en": "Older events", "ko": "이전 기록"},
    "audit_newest": {"en": "Newest events", "ko": "최근 기록"},
    "browser": {"en": "Browser", "ko": "브라우저"},
    "by_whom": {"en": "By", "ko": "누가"},
    "change_password": {"en": "Change the password", "ko": "비밀번호 바꾸기"},
    "change_password_explained": {
        "en": "Your other browsers are logged out.",
        "ko": "다른 브라우저에서는 로그아웃됩니다.",
    },
    "check_proof": {"en": "Check the proof", "ko": "증명 확인하기"},
    "choose_password": {"en": "Choose a password", "ko": "비밀번호 정하기"},
    "choose_password_explained": {
        "en": "12 characters or more, a few words for example.",
        "ko": "12자 이상. 낱말 몇 개를 이어 써도 좋습니다.",
    },
    "days": {"en": "Days it can be used", "ko": "쓸 수 있는 날 수"},
    "details": {"en": "Details", "ko": "내용"},
    "event": {"en": "Event", "ko": "번호"},
    "event_hash": {"en": "Hash", "ko": "해시"},
    "end_session": {"en": "Log out", "ko": "로그아웃"},
    "end_session_of": {"en": "Log out session {number} of {name}", "ko": "{name}의 로그인 {number} 끝내기"},
    "expires": {"en": "Ends", "ko": "끝나는 때"},
    "invitation_for": {
        "en": "You are invited as {role}.",
        "ko": "{role} 역할로 초대받았습니다.",
    },
    "invitation_of": {
        "en": "Choose a new password for {name}. All browsers of this account are logged out.",
        "ko": "{name} 계정의 비밀번호를 새로 정하세요. 이 계정은 모든 브라우저에서 로그아웃됩니다.",
    },
    "invitation_over": {"en": "This invitation cannot be used", "ko": "쓸 수 없는 초대입니다"},
    "invitation_over_advice": {
        "en": "It was used, was withdrawn, or has expired. Ask for another one.",
        "ko": "이미 썼거나 거두었거나 기간이 지났습니다. 새로 초대해 달라고 하세요.",
    },
    "invitations": {"en": "Open invitations", "ko": "보낸 초대"},
    "invite": {"en": "Invite a person", "ko": "초대하기"},
    "invite_explained": {
        "en": "You get a link for one person. It can be used once, within 7 days. With the name of an account it gives "
        "that account a new password.",
        "ko": "한 사람을 위한 링크가 나옵니다. 7일 안에 한 번 쓸 수 있습니다. "
        "이미 있는 계정의 이름을 적으면 비밀번호를 새로 정하는 링크가 됩니다.",
    },
    "invite_link": {
        "en": "Give this link to that person alone. It is not shown again.",
        "ko": "이 링크를 그 사람에게만 주세요. 다시 보여 주지 않습니다.",
    },
    "invited_by": {"en": "Invited by", "ko": "초대한 사람"},
    "join": {"en": "Make the account", "ko": "계정 만들기"},
    "last_login": {"en": "Last login", "ko": "마지막 로그인"},
    "last_request": {"en": "Last request", "ko": "마지막 요청"},
    "last_used": {"en": "Last used", "ko": "마지막 사용"},
    "log_in": {"en": "Log in", "ko": "로그인"},
    "log_in_by": {"en": "Log in with {provider}", "ko": "{provider}(으)로 로그인"},
    "log_in_forgotten": {
        "en": "Forgot the password? An admin can send you a new link.",
        "ko": "비밀번호를 잊었으면 관리자에게 새 링크를 받으세요.",
    },
    "log_out": {"en": "Log out", "ko": "로그아웃"},
    "logged_in_by": {"en": "Logs in with", "ko": "로그인 방법"},
    "login": {"en": "Login", "ko": "로그인"},
    "made": {"en": "Made", "ko": "만든 때"},
    "name": {"en": "Name", "ko": "이름"},
    "name_optional": {"en": "Name (may be left empty)", "ko": "이름 (비워 둘 수 있음)"},
    "never": {"en": "never", "ko": "없음"},
    "new_password": {"en": "New password", "ko": "새 비밀번호"},
    "no_end": {"en": "no end", "ko": "기한 없음"},
    "no_invitations": {"en": "No invitation is open.", "ko": "보낸 초대가 없습니다."},
    "no_tokens": {"en": "There are no tokens.", "ko": "토큰이 없습니다."},
    "nobody_logged_in": {"en": "No person is logged in.", "ko": "로그인한 사람이 없습니다."},
    "not_allowed_advice": {
        "en": "This page needs the role {least}. Your role is {role}. Ask an admin.",
        "ko": "이 페이지에는 {least} 역할이 필요합니다. 지금 역할은 {role}입니다. 관리자에게 말하세요.",
    },
    "not_allowed_title": {"en": "You may not open this page", "ko": "열 수 없는 페이지입니다"},
    "not_done_advice": {
        "en": "Nothing was changed. Log in in another tab, then go back and send the form again.",
        "ko": "바뀐 것은 없습니다. 다른 탭에서 로그인한 다음 뒤로 가서 다시 보내세요.",
    },
    "not_done_title": {"en": "You are not logged in", "ko": "로그인되어 있지 않습니다"},
    "old_password": {"en": "Current password", "ko": "지금 비밀번호"},
    "other_site_advice": {
        "en": "Nothing was changed. The form was not sent from a page of this desk that is still valid. Load the page "
        "again, and send the form from there.",
        "ko": "바뀐 것은 없습니다. 이 데스크의 유효한 페이지에서 보낸 것이 아닙니다. "
        "페이지를 새로 고친 다음 다시 보내세요.",
    },
    "other_site_title": {"en": "Not done", "ko": "처리하지 않았습니다"},
    "password": {"en": "Password", "ko": "비밀번호"},
    "password_by": {"en": "Change the password at {provider}.", "ko": "비밀번호는 {provider}에서 바꾸세요."},
    "people": {"en": "People", "ko": "사람"},
    "people_all": {"en": "All people", "ko": "모든 사람"},
    "problem_invitation-over": {
        "en": "The invitation was used, was withdrawn, or has expired.",
        "ko": "이미 썼거나 거두었거나 기간이 지난 초대입니다.",
    },
    "problem_name-length": {"en": "A name has 1 to 64 characters.", "ko": "이름은 1자에서 64자입니다."},
    "problem_name-taken": {
        "en": "This name is taken. Choose another.",
        "ko": "이미 있는 이름입니다. 다른 이름을 쓰세요.",
    },
    "problem_name-unseen": {
        "en": "The name has characters that cannot be seen. Leave them out.",
        "ko": "이름에 보이지 않는 글자가 있습니다. 빼고 쓰세요.",
    },
    "problem_no-account": {"en": "There is no such account.", "ko": "없는 계정입니다."},
    "problem_no-invitation": {"en": "This invitation is no longer open.", "ko": "이미 닫힌 초대입니다."},
    "problem_no-role": {
        "en": "None of your groups has a role at this desk. Ask an admin.",
        "ko": "이 데스크에서 역할이 있는 그룹에 속해 있지 않습니다. 관리자에게 말하세요.",
    },
    "problem_no-session": {"en": "This session has ended already.", "ko": "이미 끝난 로그인입니다."},
    "problem_no-token": {"en": "This token was revoked already.", "ko": "이미 없앤 토큰입니다."},
    "problem_only-admin": {
        "en": "{name} is the only admin. Make another person an admin first.",
        "ko": "관리자가 {name}뿐입니다. 먼저 다른 사람을 관리자로 정하세요.",
    },
    "problem_password-few": {
        "en": "The password repeats few characters. Choose another.",
        "ko": "같은 글자만 되풀이합니다. 다른 비밀번호를 쓰세요.",
    },
    "problem_password-length": {
        "en": "A password has 12 to 200 characters.",
        "ko": "비밀번호는 12자에서 200자입니다.",
    },
    "problem_password-name": {
        "en": "The password contains the name. Choose another.",
        "ko": "비밀번호에 이름이 들어 있습니다. 다른 비밀번호를 쓰세요.",
    },
    "problem_password-repeated": {"en": "The two passwords differ.", "ko": "두 비밀번호가 다릅니다."},
    "problem_provider": {
        "en": "The provider did not log you in. Try again.",
        "ko": "로그인 제공자가 로그인해 주지 않았습니다. 다시 해 보세요.",
    },
    "problem_provider-person": {
        "en": "{name} logs in with a provider, without a password of the desk.",
        "ko": "{name} 계정은 로그인 제공자로 로그인하므로 비밀번호가 없습니다.",
    },
    "problem_title-length": {"en": "Say what the token is for.", "ko": "토큰의 용도를 적으세요."},
    "problem_wait": {
        "en": "The name or the password is wrong. Wait {wait} seconds before the next try.",
        "ko": "이름이나 비밀번호가 맞지 않습니다. {wait}초 뒤에 다시 하세요.",
    },
    "problem_wrong": {"en": "The name or the password is wrong.", "ko": "이름이나 비밀번호가 맞지 않습니다."},
    "proof_broken": {
        "en": "The proof breaks at event {number}: it was changed, or one before it was removed.",
        "ko": "기록 {number}에서 증명이 맞지 않습니다. 바뀌었거나 앞의 기록이 지워졌습니다.",
    },
    "proof_explained": {
        "en": "Each event carries a hash over itself and the event before, so an event cannot be changed or removed "
        "unseen.",
        "ko": "기록마다 자신과 바로 앞 기록의 해시가 있어서, 몰래 바꾸거나 지울 수 없습니다.",
    },
    "proof_holds": {
        "en": "The proof holds for all {count} events. The last hash is {hash}.",
        "ko": "기록 {count}개의 증명이 모두 맞습니다. 마지막 해시는 {hash}입니다.",
    },
    "remove": {"en": "Remove", "ko": "없애기"},
    "remove_account": {"en": "Remove {name}", "ko": "{name} 없애기"},
    "remove_account_advice": {
        "en": "Sessions and tokens of the account stop at once. What the person answered and did stays in the history.",
        "ko": "이 계정의 로그인과 토큰은 바로 쓸 수 없게 됩니다. 그 사람이 답한 것과 한 일은 기록에 남습니다.",
    },
    "repeat_password": {"en": "The same password again", "ko": "비밀번호 다시"},
    "revoke": {"en": "Revoke", "ko": "없애기"},
    "revoke_token": {"en": "Revoke the token {title}", "ko": "토큰 {title} 없애기"},
    "role": {"en": "Role", "ko": "역할"},
    "role_admin": {"en": "admin: also people", "ko": "관리자: 사람까지"},
    "role_editor": {"en": "editor: also change", "ko": "편집자: 바꾸기까지"},
    "role_of": {"en": "Role of {name}", "ko": "{name}의 역할"},
    "role_viewer": {"en": "viewer: look", "ko": "보는 사람: 보기만"},
    "send": {"en": "Save", "ko": "저장"},
    "sessions": {"en": "Logged in", "ko": "로그인한 브라우저"},
    "this_browser": {"en": "this browser", "ko": "이 브라우저"},
    "time": {"en": "Time", "ko": "때"},
    "token_made": {
        "en": "Copy this token now. It is not shown again. Programs send it as “Authorization: Bearer TOKEN”.",
        "ko": "지금 복사하세요. 다시 보여 주지 않습니다. 프로그램은 “Authorization: Bearer TOKEN”으로 보냅니다.",
    },
    "token_title": {"en": "What it is for", "ko": "용도"},
    "tokens": {"en": "Tokens for programs", "ko": "프로그램용 토큰"},
    "tokens_explained": {
        "en": "A program with a token of yours uses the API in your name, with your role.",
        "ko": "토큰이 있는 프로그램은 내 이름과 역할로 API를 씁니다.",
    },
    "what": {"en": "What", "ko": "한 일"},
    "withdraw": {"en": "Withdraw", "ko": "거두기"},
    "withdraw_invitation": {"en": "Withdraw invitation {number}", "ko": "초대 {number} 거두기"},
    "with_password": {"en": "password", "ko": "비밀번호"},
}
