"""Any two shares give the key; one share gives nothing, because every key would have it."""
from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.tendering.secret_sharing import HOLDERS, PRIME, combine, share_out, split

secrets_32 = st.binary(min_size=32, max_size=32)
slopes = st.integers(0, PRIME - 1)


@given(secrets_32)
def test_any_two_shares_give_the_secret(secret: bytes) -> None:
    shares = split(secret)
    for pair in combinations(HOLDERS, 2):
        assert combine({number: shares[number] for number in pair}) == secret


@given(secrets_32, slopes, secrets_32, st.sampled_from(HOLDERS))
def test_one_share_fits_every_other_secret_just_as_well(secret: bytes, slope: int, other: bytes, holder: int) -> None:
    """For any share and any other secret there is exactly one slope that gives that share: the share of a random
    slope says nothing about the secret."""
    share = share_out(secret, slope=slope)[holder]
    difference = int.from_bytes(share, "big") - int.from_bytes(other, "big")
    only_slope = difference * pow(holder, -1, PRIME) % PRIME
    assert share_out(other, slope=only_slope)[holder] == share


@given(secrets_32)
def test_the_same_secret_is_split_differently_each_time(secret: bytes) -> None:
    assert split(secret) != split(secret)


def test_the_modulus_is_prime() -> None:
    """Fermat and Miller-Rabin to the first twelve prime bases."""
    odd, twos = PRIME - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        power = pow(base, odd, PRIME)
        assert power in {1, PRIME - 1} or any(
            pow(power, 2**step, PRIME) == PRIME - 1 for step in range(1, twos))


def test_a_forged_share_gives_another_secret_or_none() -> None:
    shares = split(bytes(32))
    with pytest.raises(ValueError, match="belong"):
        combine({1: shares[1], 2: ((int.from_bytes(shares[2], "big") + 1) % PRIME).to_bytes(33, "big")})


@pytest.mark.parametrize("numbers", [(1,), (1, 2, 3), (1, 4), ()])
def test_exactly_two_of_the_three_are_taken(numbers: tuple[int, ...]) -> None:
    shares = split(bytes(32)) | {4: bytes(33)}
    with pytest.raises(ValueError, match="two shares"):
        combine({number: shares[number] for number in numbers})
