// Lo que este núcleo deja ver, en una lista: para make doctor.
#include <iomanip>
#include <iostream>

#include "witness/capabilities.hpp"

int main() {
  for (const witness::CapabilityFacts& facts : witness::capabilities()) {
    const bool works = witness::available(facts.capability);
    std::cout << (works ? "✓ " : "✗ ") << std::left << std::setw(20) << facts.name << ' '
              << (works ? "sirve para " : "falta para ") << facts.purpose;
    if (!works) std::cout << "; sin ello, " << facts.without;
    std::cout << '\n';
  }
}
