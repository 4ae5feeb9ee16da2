/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* What the tests of all elements of services share. A key of theirs has that in
 * it, and it is in nothing that is told. */
#define SCENE_SECRET "Zx81"

/* The context of a session with that persona, whose pipeline is a.launch. */
GstContext *scene_persona (const gchar * json);

/* An error was, or will be, posted with that code. */
void scene_assert_error (GstBus * bus, const gchar * code);
/* What is wrong with the settings stops the element. */
void scene_assert_refuses (const gchar * launch, const gchar * code,
    const gchar * says);
/* @pairs: properties and what they are set to, %NULL at the end */
void scene_assert_keeps (const gchar * element, const gchar * const *pairs);
