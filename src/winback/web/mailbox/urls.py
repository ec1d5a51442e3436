from __future__ import annotations

from django.urls import path, re_path

from winback.web.mailbox import views

urlpatterns = [
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/clear/", views.clear, name="mailbox-clear"),
    re_path(r"^mailbox/shop(?:/.*)?$", views.shop, name="mailbox-shop"),
    path("mailbox/<int:mail_id>/", views.mail, name="mail"),
    path("mailbox/<int:mail_id>/html/", views.mail_html, name="mail-html"),
    path("mailbox/<int:mail_id>/source/", views.mail_source, name="mail-source"),
    path("mailbox/<int:mail_id>/reply/", views.reply, name="mail-reply"),
    path("mailbox/<int:mail_id>/vacation/", views.vacation, name="mail-vacation"),
    path("mailbox/<int:mail_id>/one-click/", views.one_click, name="mail-one-click"),
    path("mailbox/<int:mail_id>/bounce/<str:kind>/", views.bounce, name="mail-bounce"),
]
