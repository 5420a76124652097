"""Words on the buttons of lists."""

NEXT = "下一页"
PREVIOUS = "上一页"
BACK = "返回"
