// RowPass: the rows of one fit or prediction, checked once, then passed over with any number of parameters.
#include "semigen/pass.hpp"

#include <algorithm>
#include <mutex>
#include <variant>
#include <vector>

#include "bindings.hpp"

namespace {

using semigen::Family;
using semigen::Index;

/// Rows in one precision, and the arrays that keep them alive.
template <class T>
class TypedRows {
public:
    TypedRows(const py::array &values, const Doubles &centre, const Doubles &scale, const std::int64_t *order,
              Index positions, const double *weights)
        : values_(values), centre_(centre.data(), centre.data() + centre.size()),
          scale_(scale.data(), scale.data() + scale.size()) {
        const auto item = static_cast<Index>(sizeof(T));
        require(values.strides(0) % item == 0 && values.strides(1) % item == 0, "X is not aligned to its own dtype");
        rows_.values = {static_cast<const T *>(values.data()), values.shape(0), values.shape(1),
                        values.strides(0) / item, values.strides(1) / item};
        rows_.order = order;
        rows_.weights = weights;
        rows_.centre = centre_.data();
        rows_.scale = scale_.data();
        rows_.positions = positions;
    }

    semigen::Rows<T> rows(const std::vector<semigen::RowGroup> &groups) const {
        semigen::Rows<T> rows = rows_;
        rows.groups = groups.data();
        rows.group_count = static_cast<Index>(groups.size());
        return rows;
    }

    semigen::PassMemory<T> memory;

private:
    py::array values_;
    std::vector<T> centre_, scale_;
    semigen::Rows<T> rows_{};
};

class RowPass {
public:
    RowPass(const py::array &values, const Doubles &centre, const Doubles &scale, const py::object &order,
            const Integers &groups, const Doubles &group_weights, const py::object &weights) {
        require(values.ndim() == 2, "X must have two dimensions");
        features_ = values.shape(1);
        entries(centre, features_, "centre");
        entries(scale, features_, "scale");
        if (!order.is_none()) order_ = Integers(order);
        if (!weights.is_none()) weights_ = Doubles(weights);
        const Index rows = values.shape(0);
        positions_ = order.is_none() ? rows : static_cast<Index>(order_.size());
        const std::int64_t *positions = order.is_none() ? nullptr : order_.data();
        for (Index i = 0; positions != nullptr && i < positions_; ++i)
            require(positions[i] >= 0 && positions[i] < rows, "order points outside X");
        const double *row_weights = weights.is_none() ? nullptr : entries(weights_, rows, "weights");
        read_groups(groups, group_weights);

        if (py::isinstance<py::array_t<float>>(values))
            rows_.emplace<TypedRows<float>>(values, centre, scale, positions, positions_, row_weights);
        else if (py::isinstance<py::array_t<double>>(values))
            rows_.emplace<TypedRows<double>>(values, centre, scale, positions, positions_, row_weights);
        else
            throw py::value_error("X must be float32 or float64 in native byte order");
    }

    /// The statistics of the E step, flat (StatisticsLayout).
    py::array_t<double> expectation(Family family, const Doubles &log_weights, const Doubles &means,
                                    const Doubles &factors, int threads, bool prune) {
        const semigen::ModelView model = view(family, log_weights, means, factors);
        const semigen::StatisticsLayout layout{family, model.components, features_};
        py::array_t<double> statistics(layout.size());
        double *out = statistics.mutable_data();
        with_rows([&](auto &typed, semigen::Interruption &interruption) {
            semigen::expectation(typed.rows(groups_), model, typed.memory, prune, threads, interruption, out);
        });
        return statistics;
    }

    /// log p(x, class), a row per position and a column per class.
    py::array_t<double> class_scores(Family family, const Doubles &log_weights, const Doubles &means,
                                     const Doubles &factors, const Integers &class_first, int threads) {
        const semigen::ModelView model = view(family, log_weights, means, factors);
        const Index classes = class_first.size() - 1;
        require(classes >= 1, "class_first needs at least two entries");
        const std::vector<Index> first(class_first.data(), class_first.data() + classes + 1);
        require(first.front() == 0 && first.back() == model.components && std::is_sorted(first.begin(), first.end()),
                "class_first must rise from 0 to the number of components");
        for (const semigen::RowGroup &group : groups_)
            require(group.first_component == 0 && group.last_component == model.components,
                    "scores need rows that may use every component");
        py::array_t<double> scores({positions_, classes});
        const semigen::ClassScores out{scores.mutable_data(), first.data(), classes};
        with_rows([&](auto &typed, semigen::Interruption &interruption) {
            semigen::class_scores(typed.rows(groups_), model, typed.memory, threads, interruption, out);
        });
        return scores;
    }

private:
    void read_groups(const Integers &groups, const Doubles &group_weights) {
        require(groups.ndim() == 2 && groups.shape(1) == 4, "groups must have four columns");
        entries(group_weights, groups.shape(0), "group_weights");
        Index end = 0;
        for (Index g = 0; g < groups.shape(0); ++g) {
            const semigen::RowGroup group{groups.at(g, 0), groups.at(g, 1), groups.at(g, 2), groups.at(g, 3),
                                          group_weights.at(g)};
            require(group.first == end && group.last >= group.first, "groups must follow one another");
            require(group.first_component >= 0 && group.last_component > group.first_component,
                    "a group of rows needs at least one component");
            end = group.last;
            most_components_ = std::max(most_components_, group.last_component);
            groups_.push_back(group);
        }
        require(end == positions_, "groups must cover all rows");
    }

    semigen::ModelView view(Family family, const Doubles &log_weights, const Doubles &means,
                            const Doubles &factors) const {
        const Index components = log_weights.size();
        require(components >= 1 && components >= most_components_, "a group uses a component that the model lacks");
        return {family,
                components,
                features_,
                log_weights.data(),
                entries(means, components * features_, "means"),
                entries(factors, semigen::factor_count(family, components) * semigen::factor_size(family, features_),
                        "factors")};
    }

    template <class Use>
    void with_rows(Use use) {
        without_gil([&](semigen::Interruption &interruption) {
            const std::lock_guard<std::mutex> lock(mutex_);
            std::visit(
                [&](auto &typed) {
                    if constexpr (!std::is_same_v<std::decay_t<decltype(typed)>, std::monostate>)
                        use(typed, interruption);
                },
                rows_);
        });
    }

    Index features_ = 0, positions_ = 0, most_components_ = 0;
    Integers order_;
    Doubles weights_;
    std::vector<semigen::RowGroup> groups_;
    std::variant<std::monostate, TypedRows<float>, TypedRows<double>> rows_;
    std::mutex mutex_;
};

}  // namespace

void register_pass(py::module_ &module) {
    py::class_<RowPass>(module, "RowPass")
        .def(py::init<const py::array &, const Doubles &, const Doubles &, const py::object &, const Integers &,
                      const Doubles &, const py::object &>(),
             py::arg("X"), py::kw_only(), py::arg("centre"), py::arg("scale"), py::arg("order"), py::arg("groups"),
             py::arg("group_weights"), py::arg("weights"))
        .def("expectation", &RowPass::expectation, py::arg("family"), py::arg("log_weights"), py::arg("means"),
             py::arg("factors"), py::arg("threads"), py::arg("prune") = true)
        .def("class_scores", &RowPass::class_scores, py::arg("family"), py::arg("log_weights"), py::arg("means"),
             py::arg("factors"), py::arg("class_first"), py::arg("threads"));
}
