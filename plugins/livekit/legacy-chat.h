/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Where clients put what is typed, beside or in the place of `lk.chat`. */
#define LEGACY_CHAT_TOPIC "lk-chat-topic"

gchar *legacy_chat_read (GBytes * payload);
