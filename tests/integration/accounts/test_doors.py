"""Signing in, registering and the account page, through the doors on both databases."""
from __future__ import annotations

import re

from flask import Flask

from marketplace.accounts import operations
from marketplace.rules import uscc
from tests.integration.founders.browsing import PASSWORD, bearer, post, sign_in, text

FOUNDER = {"uscc": uscc.complete("91320500MA1ABCDE"), "organisation": "苏州测漏科技有限公司", "region": "江苏省苏州市",
           "size_class": "micro", "sme_declared": "1", "display_name": "李工", "email": "li@example.com",
           "password": "一个够长的密码十个字"}


def test_a_founder_registers_and_is_at_the_desk(client) -> None:
    answer = post(client, "/register/founder", FOUNDER)
    assert (answer.status_code, answer.location) == (303, "/founder")
    assert "能力档案" in text(client.get("/founder"))


def test_a_wrong_check_digit_is_named_beside_the_code_and_everything_typed_is_kept(client) -> None:
    code = FOUNDER["uscc"]
    for place in (17, 18):
        wrong = code[:place - 1] + next(c for c in "0123" if c != code[place - 1]) + code[place:]
        answer = post(client, "/register/founder", FOUNDER | {"uscc": wrong})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert f"第 {place} 位" in text(answer)
        assert 'value="苏州测漏科技有限公司"' in page
        assert FOUNDER["password"] not in page


def test_everything_missing_is_told_at_once(client) -> None:
    answer = post(client, "/register/founder", {})
    page = answer.get_data(as_text=True)
    for name in FOUNDER:
        assert f'href="#f-{name}"' in page


def test_the_code_is_checked_before_the_form_and_says_what_kind_of_payer_it_is(client) -> None:
    bureau = uscc.complete("11320500MB000001")
    page = client.get(f"/register/buyer?uscc={bureau}").get_data(as_text=True)
    assert re.search(r'value="government"[^>]*checked', page)
    assert client.get("/register/buyer?uscc=123").status_code == 422
    company = client.get(f"/register/buyer?uscc={FOUNDER['uscc']}").get_data(as_text=True)
    assert "checked" not in company


def test_a_buyer_registers(client) -> None:
    answer = post(client, "/register/buyer", {
        "uscc": uscc.complete("11320500MB000001"), "organisation": "苏州市某局", "region": "江苏省苏州市",
        "payer_type": "government", "display_name": "周敏", "email": "zhou@example.com", "password": "twelve letters"})
    assert (answer.status_code, answer.location) == (303, "/buyer")


def test_nobody_registers_as_operator(client) -> None:
    assert client.get("/register/operator").status_code == 404
    assert post(client, "/register/founder", FOUNDER | {"role": "operator"}).location == "/founder"
    assert client.get("/operator").status_code == 403


def test_a_form_without_its_token_is_refused(house: Flask) -> None:
    client = sign_in(house, "founder1@example.com")
    for url in ("/signin", "/signout", "/account/password", "/account/keys", "/founder/profile"):
        assert client.post(url, data={"email": "founder1@example.com", "password": PASSWORD}).status_code == 400
    assert client.get("/account").status_code == 200, "still signed in"


def test_unknown_address_and_wrong_password_get_the_same_answer(house: Flask) -> None:
    client = house.test_client()
    answers = [post(client, "/signin", {"email": email, "password": "wrong password"})
               for email in ("founder1@example.com", "nobody@example.com")]
    assert [answer.status_code for answer in answers] == [422, 422]
    first, second = (re.sub(r"csrf_token.*?>|founder1|nobody", "", answer.get_data(as_text=True)) for answer in answers)
    assert first == second


def test_after_eight_wrong_passwords_even_the_right_one_waits(house: Flask) -> None:
    client = house.test_client()
    for _ in range(operations.FAILURES):
        post(client, "/signin", {"email": "founder1@example.com", "password": "wrong password"})
    answer = post(client, "/signin", {"email": "founder1@example.com", "password": PASSWORD})
    assert answer.status_code == 429
    assert "暂停登录" in text(answer)
    assert sign_in(house, "buyer1@example.com").get("/account").status_code == 200, "others are not held up"


def test_signing_in_never_leads_to_another_site(house: Flask) -> None:
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = post(house.test_client(), "/signin",
                      {"email": "founder1@example.com", "password": PASSWORD, "next": target})
        assert answer.location in ("/", "/founder")


def test_signing_in_leads_back_to_where_one_wanted_to_go(house: Flask) -> None:
    client = house.test_client()
    wanted = client.get("/account").location
    assert wanted == "/signin?next=/account"
    answer = post(client, "/signin", {"email": "founder1@example.com", "password": PASSWORD, "next": "/account"})
    assert answer.location == "/account"


def test_signing_out_ends_the_session(house: Flask) -> None:
    client = sign_in(house, "founder1@example.com")
    assert post(client, "/signout", page="/account").status_code == 303
    assert client.get("/account").status_code == 302


def test_the_wrong_role_is_refused(house: Flask) -> None:
    for who, urls in (("founder1", ("/founders", "/operator")), ("buyer1", ("/founder", "/founder/profile")),
                      ("operator1", ("/founder", "/founder/matches"))):
        client = sign_in(house, f"{who}@example.com")
        assert {url: client.get(url).status_code for url in urls} == dict.fromkeys(urls, 403)


def test_a_changed_password_ends_every_other_session_and_keeps_this_one(house: Flask) -> None:
    here, elsewhere = (sign_in(house, "founder1@example.com") for _ in range(2))
    answer = post(here, "/account/password", {"current": PASSWORD, "password": "another long one"}, page="/account")
    assert answer.status_code == 303
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    refused = post(elsewhere, "/signin", {"email": "founder1@example.com", "password": PASSWORD})
    assert refused.status_code == 422
    sign_in(house, "founder1@example.com", "another long one")


def test_a_password_is_changed_only_by_who_knows_it_and_to_one_long_enough(house: Flask) -> None:
    client = sign_in(house, "founder1@example.com")
    for current, new, told in (("not the one", "another long one", "现在的密码不对"),
                               (PASSWORD, "short", "10 到 200 个字符")):
        answer = post(client, "/account/password", {"current": current, "password": new}, page="/account")
        assert answer.status_code == 422
        assert told in text(answer)
    sign_in(house, "founder1@example.com")


def test_a_key_is_shown_once_works_and_no_longer_works_when_revoked(house: Flask) -> None:
    client = sign_in(house, "founder1@example.com")
    issued = post(client, "/account/keys", {"label": "财务系统"}, page="/account")
    key = re.search(r"jb_[\w-]{43}", issued.get_data(as_text=True))[0]
    assert key not in client.get("/account").get_data(as_text=True)
    assert issued.headers["Cache-Control"] == "no-store"
    call = {"Authorization": f"Bearer {key}"}
    me = house.test_client().get("/api/v1/me", headers=call)
    assert (me.status_code, me.json["email"]) == (200, "founder1@example.com")
    again = post(client, "/account/keys", {"label": "财务系统"}, page="/account")
    assert again.status_code == 422, "reloading the page issues no second key"
    # the newest key stands first
    revoke = re.search(r"/account/keys/\d+/revoke", client.get("/account").get_data(as_text=True))[0]
    assert post(client, revoke, page="/account").status_code == 303
    refused = house.test_client().get("/api/v1/me", headers=call)
    assert (refused.status_code, refused.json["code"]) == (401, "access.key_required")


def test_nobody_revokes_another_persons_key(house: Flask) -> None:
    client = sign_in(house, "founder1@example.com")
    for number in (1, 10**30):
        assert post(client, f"/account/keys/{number}/revoke", page="/account").status_code == 404
    assert house.test_client().get("/api/v1/me", headers=bearer("buyer1")).status_code == 200


def test_a_session_cookie_does_not_open_the_api_nor_a_key_the_pages(house: Flask) -> None:
    assert sign_in(house, "founder1@example.com").get("/api/v1/me").status_code == 401
    assert house.test_client().get("/account", headers=bearer("founder1")).status_code == 302


def test_the_pages_read_in_english_too(house: Flask) -> None:
    client = house.test_client()
    for url in ("/signin", "/register", "/register/founder", "/register/buyer"):
        assert client.get(f"{url}?lang=en").status_code == 200
    signed_in = sign_in(house, "founder1@example.com")
    assert "API keys" in text(signed_in.get("/account?lang=en"))
