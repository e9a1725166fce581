package org.ccl4j.api;

/**
 * A device as the backend sees it.
 *
 * @param ordinal its place in this process, 0 to {@link Ccl#deviceCount()} - 1
 * @param name the product name
 * @param busId what names the physical device on this host (the PCI bus id); two ranks with the
 *     same one share a device
 * @param totalMemory bytes of memory in all
 */
public record DeviceInfo(int ordinal, String name, String busId, long totalMemory) {}
