package org.ccl4j.jna.search;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.ccl4j.api.config.Setting;

/**
 * What is looked for, where, and how it is recognised.
 *
 * @param explicit the setting that names the file; whoever sets it gets that file or an error
 * @param foreignVariables environment variables of other software that name the file; used when
 *     they lead to a good one
 * @param sonames the file names, the one to prefer first
 * @param homes folders to look in: an absolute path, in which {@code *} stands for a part of a
 *     name; {@code $VARIABLE/lib64} below what an environment variable names; {@code
 *     python:nvidia/nccl/lib} below the site-packages of a Python environment
 * @param required the symbols without which the library is of no use, each with the version that
 *     introduced it
 * @param versionFunction the function {@code int f(int *version)} by which the library is seen to
 *     work
 * @param marks symbols, or beginnings of the names of needed libraries, of which the library has at
 *     least one; empty where having the required symbols is enough
 * @param strangers a symbol, or the beginning of the name of a needed library, by which another
 *     library under the same name shows itself, each with whose it is
 * @param remedy how one gets the library
 */
public record LibrarySpec(
    Setting explicit,
    List<String> foreignVariables,
    List<String> sonames,
    List<String> homes,
    Map<String, String> required,
    String versionFunction,
    List<String> marks,
    Map<String, String> strangers,
    String remedy) {

  /**
   * Copies the collections; the order of the symbols is kept.
   *
   * @param explicit as in the record
   * @param foreignVariables as in the record
   * @param sonames as in the record, at least one
   * @param homes as in the record
   * @param required as in the record
   * @param versionFunction as in the record
   * @param marks as in the record
   * @param strangers as in the record
   * @param remedy as in the record
   */
  public LibrarySpec {
    Objects.requireNonNull(explicit, "explicit");
    Objects.requireNonNull(versionFunction, "versionFunction");
    Objects.requireNonNull(remedy, "remedy");
    foreignVariables = List.copyOf(foreignVariables);
    sonames = List.copyOf(sonames);
    homes = List.copyOf(homes);
    required = Collections.unmodifiableMap(new LinkedHashMap<>(required));
    marks = List.copyOf(marks);
    // Sorted: of several signs the same one is told each time.
    strangers = Collections.unmodifiableMap(new TreeMap<>(strangers));
    if (sonames.isEmpty()) {
      throw new IllegalArgumentException("no file name to look for");
    }
  }

  /**
   * For people: the file name without what follows.
   *
   * @return such as {@code libnccl}
   */
  public String name() {
    String soname = sonames.get(0);
    int end = soname.indexOf(".so");
    return end < 0 ? soname : soname.substring(0, end);
  }

  /** Every symbol that is looked up. */
  List<String> symbols() {
    List<String> symbols = new ArrayList<>(required.keySet());
    symbols.add(versionFunction);
    symbols.addAll(marks);
    symbols.addAll(strangers.keySet());
    return symbols;
  }
}
