/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/chat.h>

gchar *chat_line (GstVoiceChat * chat);
