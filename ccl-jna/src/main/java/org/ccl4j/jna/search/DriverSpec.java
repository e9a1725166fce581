package org.ccl4j.jna.search;

import java.util.Objects;

/**
 * By what a device driver shows itself.
 *
 * @param name for people, such as {@code NVIDIA driver}
 * @param kernelFile a file that is there when the kernel has the driver
 * @param deviceFiles the files of devices; {@code *} stands for a part of a name
 * @param soname the driver's library, as the system's loader knows it; empty when there is none
 * @param hidingVariable the environment variable that hides devices
 * @param container how a container gets devices, in one sentence
 * @param remedy how a machine gets the driver, in one sentence
 */
public record DriverSpec(
    String name,
    String kernelFile,
    String deviceFiles,
    String soname,
    String hidingVariable,
    String container,
    String remedy) {

  /**
   * Requires all.
   *
   * @param name as in the record
   * @param kernelFile as in the record
   * @param deviceFiles as in the record
   * @param soname as in the record
   * @param hidingVariable as in the record
   * @param container as in the record
   * @param remedy as in the record
   */
  public DriverSpec {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kernelFile, "kernelFile");
    Objects.requireNonNull(deviceFiles, "deviceFiles");
    Objects.requireNonNull(soname, "soname");
    Objects.requireNonNull(hidingVariable, "hidingVariable");
    Objects.requireNonNull(container, "container");
    Objects.requireNonNull(remedy, "remedy");
  }
}
