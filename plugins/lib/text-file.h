/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Files that people write: personas, descriptions, prompts.
 */
#pragma once

#include <glib.h>

gchar *text_file_read (const gchar * path, gsize max_size, gsize * length,
    GError ** error);
