/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Files of tests/data, and folders that are gone afterwards. */
gchar *fixture_path (const gchar * name);
gchar *fixture_load (const gchar * name, gsize * size);
void fixture_expect (const gchar * name, const gchar * text);
gchar *fixture_dir (void);
void fixture_remove (gchar * dir);
gchar *fixture_copy (const gchar * dir, const gchar * journal,
    const gchar * name);
