#include "pushforward/ood/detector.h"
#include "pushforward/ood/kinds.h"

namespace pushforward::ood {
namespace {

/// The mean squared error with which an autoencoder gives an image back (Sakurada and Yairi 2014): what it
/// was not trained on it cannot copy. Nothing is fitted.
class Reconstruction final : public Detector {
 public:
  explicit Reconstruction(const Outputs& model) : error_(model.reconstruction_error) {}

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  PerImage error_;
};

std::vector<double> Reconstruction::do_score(const at::Tensor& x) const {
  return error_(x);
}

}  // namespace

Kind reconstruction_kind() {
  return {.name = "reconstruction",
          .summary = "mean squared error of an autoencoder",
          .needs = {.answers = {{Answer::reconstruction_error}}},
          .make = make<Reconstruction>};
}

}  // namespace pushforward::ood
