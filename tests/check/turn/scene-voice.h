/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* As the page has it: each word lasts 400 ms, and there are 100 between. */
#define SCENE_WORD_PERIOD 500
#define SCENE_WORD_BEGINS 100
#define SCENE_WORD_LENGTH 400

typedef gint64 (*SceneVoiceLength) (const gchar * text);

void scene_voice_register (void);
GstElement *scene_voice_new (SceneVoiceLength length);
guint scene_voice_words (gint64 length);
