"""The columns of bank statements, as the banks call them in Chinese and English, and the template to fill in."""
from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from marketplace.demand.columns import plain


@dataclass(frozen=True)
class Column:
    """`key` is what a column means; any of `names` may stand in the header."""

    key: str
    zh: str
    en: str
    example: str
    names: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        """As the template writes it."""
        return f"{self.zh} / {self.en}"


COLUMNS = (
    Column("date", "日期", "date", "2026-03-02", ("交易日期", "交易时间", "交易日", "transaction date", "发生日期")),
    Column("value_date", "记账日期", "value date", "", ("入账日期", "入账时间", "记账日", "booking date", "到账日期")),
    Column("amount", "金额", "amount", "12,000.50",
           ("交易金额", "发生额", "金额元", "金额（元）", "transaction amount")),
    Column("income", "收入", "credit", "",
           ("收入金额", "贷方", "贷方金额", "贷方发生额", "转入金额", "money in", "paid in")),
    Column("expense", "支出", "debit", "",
           ("支出金额", "借方", "借方金额", "借方发生额", "转出金额", "money out", "paid out")),
    Column("side", "借贷标志", "side", "", ("借贷", "收支", "收支标志", "收/支", "交易类型", "dr/cr", "type")),
    Column("counterparty", "对方户名", "counterparty", "某某科技有限公司",
           ("对方名称", "对方账户名称", "对方账户名", "对方单位", "对手方", "counterparty name", "name")),
    Column("payer", "付款人", "payer", "", ("付款人名称", "付款方", "付款人户名", "付款方名称", "from")),
    Column("payee", "收款人", "payee", "", ("收款人名称", "收款方", "收款人户名", "收款方名称", "to")),
    Column("summary", "摘要", "summary", "货款", ("交易摘要", "description")),
    Column("purpose", "用途", "purpose", "JB-2026-000123 第一期", ("附言", "交易附言", "资金用途", "memo", "details")),
    Column("note", "备注", "note", "", ("交易备注", "remark", "remarks")),
    Column("reference", "流水号", "reference", "202603020001",
           ("交易流水号", "银行流水号", "流水", "凭证号", "交易参考号", "核心流水号", "reference number",
            "transaction id")),
)
_SHOWN = ("date", "amount", "counterparty", "purpose", "reference")
_NAMES = {plain(name): column for column in COLUMNS
          for name in (column.key, column.zh, column.en, column.header, *column.names)}


def column_of(header: str) -> Column | None:
    """The column a header means, None for one that is not needed."""
    return _NAMES.get(plain(header))


def csv_template() -> bytes:
    """A CSV file with the headers and one example row, in UTF-8 with a mark so that Excel reads it right."""
    shown = [column for column in COLUMNS if column.key in _SHOWN]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.header for column in shown])
    writer.writerow([column.example for column in shown])
    return out.getvalue().encode("utf-8-sig")
